"""The doctor's subjects, each over circumstances of a folder of the test's own."""

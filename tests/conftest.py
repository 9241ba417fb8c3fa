pytest_plugins = ["tests.fix_database", "tests.fix_link", "tests.fix_observed", "tests.fix_postgres"]

pytest_plugins = ["tests.fix_observed", "tests.fix_postgres"]

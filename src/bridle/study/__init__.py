"""Plans runs, drives the engine, stores results crash-safely, selects settings."""

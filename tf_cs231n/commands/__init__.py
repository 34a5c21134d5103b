"""The command line of each task: reads files, calls the library, draws, prints."""

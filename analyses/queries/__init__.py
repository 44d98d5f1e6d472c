"""Read only: questions to the tables, with the number of queries that each one asks."""

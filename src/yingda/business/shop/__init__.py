"""The sample shop: an invented store in one SQLite file, from customers to parcels and payments."""

"""How the parts are put together; `app.py` is the page that reads top to bottom."""

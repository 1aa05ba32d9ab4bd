"""Training side of SernetStream: reference front end, models, training, evaluation, export."""

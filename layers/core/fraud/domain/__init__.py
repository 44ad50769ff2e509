"""What the product is about: transactions, features, models, trainings, predictions, keys."""

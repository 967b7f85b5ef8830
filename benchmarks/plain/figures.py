"""Print how good a model is on rows to learn from and on others: what these scripts share."""

from typing import Any


def of_numbers(model: Any, *sides: Any) -> None:
    """Print MAE, RMSE and R2 on pairs of a table and its label."""
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    found = [(label, model.predict(table)) for table, label in sides]
    print("mae", *(mean_absolute_error(*pair) for pair in found))
    print("rmse", *(root_mean_squared_error(*pair) for pair in found))
    print("r2", *(r2_score(*pair) for pair in found))


def of_classes(model: Any, *sides: Any) -> None:
    """Print accuracy and log loss on pairs of a table and its label."""
    from sklearn.metrics import accuracy_score, log_loss

    found = [(label, model.predict_proba(table)) for table, label in sides]
    answers = [(label, model.classes_[p.argmax(axis=1)]) for label, p in found]
    print("accuracy", *(accuracy_score(*pair) for pair in answers))
    print("log_loss", *(log_loss(*pair, labels=model.classes_) for pair in found))

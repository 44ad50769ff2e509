"""A handler that only imports what a scikit-learn service unpickles its model with."""

import joblib  # noqa: F401
import pandas as pd  # noqa: F401
import sklearn.ensemble  # noqa: F401
from empty import handler  # noqa: F401

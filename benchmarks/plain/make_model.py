"""Learn flour from bookings with scikit-learn, and keep the model for pandas_predict.py."""

import sys

import joblib
import pandas as pd
from sklearn.linear_model import LinearRegression

nights = pd.read_csv(sys.argv[1])
joblib.dump(LinearRegression().fit(nights[["reservations"]], nights["flour"]), sys.argv[2])

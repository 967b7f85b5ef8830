"""Judge a model on another table with pandas and scikit-learn, and show the worst misses.

python evaluate_table.py MODEL TABLE
"""

import sys

import figures
import joblib
import pandas as pd

model = joblib.load(sys.argv[1])
table = pd.read_csv(sys.argv[2])
label = table.pop("minutes")

figures.of_numbers(model, (table, label))
worst = (model.predict(table) - label).abs().nlargest(5)
print("worst", *worst)

"""Answer a file of questions of many columns with pandas and a scikit-learn model.

python predict_table.py MODEL QUESTIONS ANSWERS
"""

import sys

import joblib
import pandas as pd

model = joblib.load(sys.argv[1])
table = pd.read_csv(sys.argv[2])
table["answer"] = model.predict(table)
table.to_csv(sys.argv[3], index=False)

"""Answer a file of questions with pandas in chunks and a scikit-learn model."""

import sys

import joblib
import pandas as pd

ROWS = 500_000

model = joblib.load(sys.argv[1])
with open(sys.argv[3], "w", newline="") as file:
    for number, chunk in enumerate(pd.read_csv(sys.argv[2], chunksize=ROWS)):
        answers = pd.DataFrame({"answer": model.predict(chunk[["reservations"]])})
        answers.to_csv(file, header=number == 0, index=False)

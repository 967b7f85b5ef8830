"""An endpoint as somebody would write it around a pipeline that joblib kept.

python serve_joblib.py fit DATA.csv MODEL      learn from columns reservations, doughs
fastapi run serve_joblib.py --port PORT        with MODEL in the environment
"""

import os
import sys

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class Question(BaseModel):
    """What is asked."""

    reservations: float


app = FastAPI()
model = joblib.load(os.environ["MODEL"]) if "MODEL" in os.environ else None


@app.post("/predict")
def predict(question: Question) -> dict[str, float]:
    """Answer one question."""
    row = pd.DataFrame([question.model_dump()])
    return {"doughs": float(model.predict(row)[0])}


if __name__ == "__main__":
    table = pd.read_csv(sys.argv[2])
    pipeline = make_pipeline(StandardScaler(), LinearRegression())
    joblib.dump(pipeline.fit(table[["reservations"]], table["doughs"]), sys.argv[3])

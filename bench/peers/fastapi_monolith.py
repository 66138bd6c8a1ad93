"""One FastAPI service: it takes the request and runs the model. Behind fastapi_gateway.py it is the prediction service.

MODEL names the file that train.py wrote.
"""
import os

import joblib
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.environ["MODEL"])


class Car(BaseModel):
    features: list[float]


@app.post("/predict")
async def predict(car: Car):
    return {"prediction": float(model.predict([car.features])[0])}

"""A FastAPI service: with PREDICTOR_URL it passes each request on as JSON, to the service there; without, it runs the model.

MODEL names the file that train.py wrote.
"""
import os

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Car(BaseModel):
    features: list[float]


if os.environ.get("PREDICTOR_URL"):
    import httpx

    predictor = httpx.AsyncClient(base_url=os.environ["PREDICTOR_URL"], timeout=10)

    @app.post("/predict")
    async def predict(car: Car):
        answer = await predictor.post("/predict", json=car.dict())
        return {"prediction": answer.json()["prediction"]}
else:
    import joblib

    model = joblib.load(os.environ["MODEL"])

    @app.post("/predict")
    async def predict(car: Car):
        return {"prediction": float(model.predict([car.features])[0])}

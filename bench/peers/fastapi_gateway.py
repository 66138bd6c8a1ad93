"""The public half of two FastAPI services: it passes each request on over HTTP as JSON, to the service at PREDICTOR_URL."""
import os

import httpx
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
predictor = httpx.AsyncClient(base_url=os.environ["PREDICTOR_URL"], timeout=10)


class Car(BaseModel):
    features: list[float]


@app.post("/predict")
async def predict(car: Car):
    answer = await predictor.post("/predict", json=car.dict())
    return {"prediction": answer.json()["prediction"]}

"""The public half of two Flask services: it passes each request on over HTTP as JSON, to the service at PREDICTOR_URL."""
import os

import requests
from flask import Flask, jsonify, request

app = Flask(__name__)
url = os.environ["PREDICTOR_URL"] + "/predict"


@app.post("/predict")
def predict():
    features = request.get_json()["features"]
    answer = requests.post(url, json={"features": features}, timeout=10)
    return jsonify(prediction=answer.json()["prediction"])


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))

"""A Flask service: with PREDICTOR_URL it passes each request on as JSON, to the service there; without, it runs the model.

MODEL names the file that train.py wrote.
"""
import os

from flask import Flask, jsonify, request

app = Flask(__name__)

if os.environ.get("PREDICTOR_URL"):
    import requests

    url = os.environ["PREDICTOR_URL"] + "/predict"

    @app.post("/predict")
    def predict():
        features = request.get_json()["features"]
        answer = requests.post(url, json={"features": features}, timeout=10)
        return jsonify(prediction=answer.json()["prediction"])
else:
    import joblib

    model = joblib.load(os.environ["MODEL"])

    @app.post("/predict")
    def predict():
        features = request.get_json()["features"]
        return jsonify(prediction=float(model.predict([features])[0]))


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))

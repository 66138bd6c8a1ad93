"""One Flask service: it takes the request and runs the model. Behind flask_gateway.py it is the prediction service.

MODEL names the file that train.py wrote.
"""
import os

import joblib
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load(os.environ["MODEL"])


@app.post("/predict")
def predict():
    features = request.get_json()["features"]
    return jsonify(prediction=float(model.predict([features])[0]))


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))

#!/usr/bin/python3
"""Shows the mood of a room as the colour of a lamp, over MQTT.

    sudo apt install python3-paho-mqtt
    mqtt_lights.py broker.local kitchen zigbee2mqtt/floor_lamp/set

It reads the state of the node kitchen, which sernetd keeps at the broker (sernetd --mqtt broker.local --node kitchen), and
writes to the topic of the lamp, here one that zigbee2mqtt controls. A user's name and password may stand in MQTT_USER and
MQTT_PASSWORD.
"""

import argparse
import json
import os

import paho.mqtt.client as mqtt

COLOURS = {
    "anger": "#FF2000",
    "happiness": "#FFC000",
    "surprise": "#FF60C0",
    "sadness": "#2040FF",
    "fear": "#8000FF",
    "disgust": "#40A000",
    "boredom": "#606060",
    "neutral": "#FFE0C0",
}


def new_client() -> mqtt.Client:
    # paho-mqtt 2 wants to know which callbacks it is given; Debian 12 has version 1.
    if hasattr(mqtt, "CallbackAPIVersion"):
        return mqtt.Client(mqtt.CallbackAPIVersion.VERSION1)
    return mqtt.Client()


def command_for(state: bytes) -> dict | None:
    """What the lamp is told; None: nothing."""
    try:
        mood = json.loads(state)
        emotion, confidence = mood["emotion"], float(mood["confidence"])
    except (ValueError, KeyError, TypeError):
        return None
    if emotion == "none":
        return {"state": "OFF", "transition": 5}
    if emotion not in COLOURS:
        # "unsure", or a label of another model: the lamp stays as it is.
        return None
    brightness = round(60 + 190 * min(max(confidence, 0), 1))
    return {"state": "ON", "color": {"hex": COLOURS[emotion]}, "brightness": brightness, "transition": 2}


def main() -> None:
    parser = argparse.ArgumentParser(description="Shows the mood of a room as the colour of a lamp.")
    parser.add_argument("broker", help="HOST or HOST:PORT")
    parser.add_argument("node", help="the node of sernetd, such as kitchen")
    parser.add_argument("lamp", help="the topic of the lamp, such as zigbee2mqtt/floor_lamp/set")
    options = parser.parse_args()
    host, _, port = options.broker.partition(":")
    topic = f"sernet/{options.node}/state"

    def on_connect(client, _data, _flags, code):
        if code != 0:
            print(f"the broker refuses this client: {mqtt.connack_string(code)}", flush=True)
            return
        print(f"connected; {topic} goes to {options.lamp}", flush=True)
        client.subscribe(topic)

    def on_message(client, _data, message):
        command = command_for(message.payload)
        if command is not None:
            client.publish(options.lamp, json.dumps(command))

    client = new_client()
    client.on_connect, client.on_message = on_connect, on_message
    if "MQTT_USER" in os.environ:
        client.username_pw_set(os.environ["MQTT_USER"], os.environ.get("MQTT_PASSWORD"))
    client.connect_async(host, int(port or 1883))
    try:
        client.loop_forever(retry_first_connection=True)
    except KeyboardInterrupt:
        client.disconnect()


main()

using System.Text.Json;
using SernetStream.Configuration;
using SernetStream.Publishing;

namespace SernetStream.Web.Dashboard;

/// <summary>All rooms at a glance: for each its mood, its state, and what its level follows from.</summary>
internal sealed class RoomsApi(DashboardRooms rooms, WebOptions options)
{
    /// <summary>Answers with the rooms.</summary>
    public Task ListAsync(HttpContext context) => JsonAnswer.WriteAsync(context.Response, json =>
    {
        json.WriteBoolean("house"u8, rooms.IsHouse);
        json.WriteString("version"u8, ProductVersion.Text);
        json.WriteBoolean("needsToken"u8, options.Token is not null);
        json.WriteStartArray("rooms"u8);
        foreach (var room in rooms.All)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, room.Room);
            Write(json, room);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter json, LiveFeed room)
    {
        json.WriteString("emotion"u8, room.Mood?.Event.Emotion ?? EmotionLabel.None);
        if (room.Mood is { } mood)
        {
            json.WriteNumber("sequence"u8, mood.Event.Sequence);
            EmotionEventJson.WriteRounded(json, "confidence"u8, mood.Event.Confidence, 3);
            json.WriteString("since"u8, EmotionEventJson.Timestamp(mood.Since));
        }

        if (room.Node is not { } node)
        {
            return;
        }

        var health = node.Health();
        JsonObject.WriteTexts(json, "labels"u8, node.Model.Labels);
        json.WriteString("source"u8, node.Source.Name);
        json.WriteBoolean("muted"u8, node.Controls.Muted);
        json.WriteBoolean("speaking"u8, room.IsSpeaking && !node.Controls.Muted);
        json.WriteNumber("energy"u8, health.SoundEnergy);
        json.WriteNumber("samples"u8, health.SoundSamples);
        if (health.Microphone is { } microphone)
        {
            json.WriteString("microphone"u8, microphone.Name());
        }
    }
}

using System.Reflection;
using System.Text.Json;

namespace SernetStream.Plugins.Wyoming.Protocol;

/// <summary>
/// The answer to <c>describe</c>. The protocol knows no emotion service, so its own lists are empty but for the emotions
/// that are announced as wake words; <c>emotion</c>, which other programs skip, describes the service as it is.
/// </summary>
internal static class ServiceInfo
{
    private const string Project = "SernetStream";

    private static readonly string Version =
        typeof(ServiceInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static byte[] Frame(PluginContext context, IReadOnlyList<string> wakeEmotions) => Protocol.Frame.Of("info", data =>
    {
        foreach (var none in (string[])["asr", "tts", "handle", "intent"])
        {
            data.WriteStartArray(none);
            data.WriteEndArray();
        }

        data.WriteStartArray("wake"u8);
        if (wakeEmotions.Count > 0)
        {
            WriteProgram(data, "Emotions in a voice, as wake words", wakeEmotions, WriteWakeModel);
        }

        data.WriteEndArray();
        data.WriteStartArray("emotion"u8);
        WriteProgram(data, $"Emotions in a voice, heard by {context.Node}", [context.Model], (_, model) =>
        {
            WriteArtifact(data, model, "Speech emotion recognition");
            WriteTexts(data, "languages"u8, []);
            WriteTexts(data, "labels"u8, context.Labels);
        });
        data.WriteEndArray();
    });

    private static void WriteWakeModel(Utf8JsonWriter data, string emotion)
    {
        WriteArtifact(data, emotion, $"Somebody speaks with {emotion}");
        WriteTexts(data, "languages"u8, []);
        data.WriteString("phrase"u8, emotion);
    }

    private static void WriteProgram(
        Utf8JsonWriter data, string description, IReadOnlyList<string> models, Action<Utf8JsonWriter, string> writeModel)
    {
        data.WriteStartObject();
        WriteArtifact(data, "sernet-stream", description);
        data.WriteStartArray("models"u8);
        foreach (var model in models)
        {
            data.WriteStartObject();
            writeModel(data, model);
            data.WriteEndObject();
        }

        data.WriteEndArray();
        data.WriteEndObject();
    }

    /// <summary>What every program and model has; readers written in Python ask for each of these keys.</summary>
    private static void WriteArtifact(Utf8JsonWriter data, string name, string description)
    {
        data.WriteString("name"u8, name);
        data.WriteStartObject("attribution"u8);
        data.WriteString("name"u8, Project);
        data.WriteString("url"u8, "");
        data.WriteEndObject();
        data.WriteBoolean("installed"u8, true);
        data.WriteString("description"u8, description);
        data.WriteString("version"u8, Version);
    }

    private static void WriteTexts(Utf8JsonWriter data, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        data.WriteStartArray(name);
        foreach (var text in texts)
        {
            data.WriteStringValue(text);
        }

        data.WriteEndArray();
    }
}

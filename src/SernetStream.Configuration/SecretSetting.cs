using System.Text;
using System.Text.Json;
using SernetStream.Configuration.Yaml;

namespace SernetStream.Configuration;

/// <summary>Something that must not be seen: it does not print itself.</summary>
internal sealed record Secret(string Value)
{
    public override string ToString() => "(hidden)";
}

/// <summary>
/// A secret by reference: the file, the environment and the command line name a file that holds it. The secret itself may
/// stand in the environment alone (<see cref="SecretVariable"/>): everybody on the machine can read a command line, and
/// configuration files are shown around.
/// </summary>
/// <param name="key">A key that ends in <c>_file</c>.</param>
/// <param name="help">What it is for.</param>
internal sealed class SecretSetting(string key, string help) : Setting<Secret?>(key, null, help)
{
    private const int LongestSecret = 65536;

    /// <summary>The variable that holds the secret itself, <c>SERNET_MQTT_PASSWORD</c>.</summary>
    public string SecretVariable => Variable[..^"_FILE".Length];

    /// <summary>The key a newcomer would try, and must not use: <c>mqtt.password</c>.</summary>
    public string SecretKey => Key[..^"_file".Length];

    public override string Range => $"a file that can be read, with the secret in it (or set {SecretVariable})";

    public override void WriteSchema(Utf8JsonWriter writer) => writer.WriteString("type"u8, "string"u8);

    protected override string? Parse(string text, out Secret? value)
    {
        value = null;
        if (text.Length == 0)
        {
            return null;
        }

        try
        {
            if (BoundedText.Read(text, LongestSecret) is not { } secret)
            {
                return $"is {text}, a file of more than {LongestSecret} bytes; it must be {Range}.";
            }

            value = new Secret(secret.TrimEnd('\r', '\n'));
            return null;
        }
        catch (DecoderFallbackException)
        {
            return $"is {text}, which is not UTF-8 text; it must be {Range}.";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"is {text}, which cannot be read: {error.Message}";
        }
    }

    protected override string Text(Secret? value) => value is null ? "" : value.ToString();
}

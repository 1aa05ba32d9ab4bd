using SernetStream.Configuration;
using SernetStream.Diagnosis;
using SernetStream.Mqtt;
using SernetStream.Mqtt.Diagnosis;

namespace SernetStream.Web.Dashboard;

/// <summary>
/// Tries a broker as <c>sernetd doctor</c> does: connects, writes and reads on a topic for tests, and leaves. Nothing of it is kept,
/// logged or repeated in the answer.
/// </summary>
internal sealed class BrokerApi(NodeView node)
{
    /// <summary>Tries the broker that the request names.</summary>
    public async Task TryAsync(HttpContext context)
    {
        var request = await JsonRequest.ReadAsync(context).ConfigureAwait(false);
        if (request.Text("broker") is not { Length: > 0 } address)
        {
            await RefuseAsync(context, "Send {\"broker\": \"mqtt://broker.local:1883\", \"user\": \"\", \"password\": \"\"}.").ConfigureAwait(false);
            return;
        }

        MqttOptions options;
        try
        {
            options = Options(address, request.Text("user") ?? "", request.Text("password") ?? "");
        }
        catch (FormatException error)
        {
            await RefuseAsync(context, error.Message).ConfigureAwait(false);
            return;
        }

        if (options.Problems() is { Count: > 0 } problems)
        {
            await RefuseAsync(context, string.Join(' ', problems)).ConfigureAwait(false);
            return;
        }

        var findings = await Task.Run(() => BrokerCheck.Look(options, node.Settings.Description(), node.Settable).ToList()).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context.Response, json => Finding.WriteAll(json, findings)).ConfigureAwait(false);
    }

    /// <summary>
    /// How to reach it. The password of the configuration goes to the broker of the configuration and to no other, whoever asks.
    /// </summary>
    private MqttOptions Options(string address, string user, string password)
    {
        var asked = MqttOptions.Parse(address, encrypted: false);
        if (user.Length == 0 && password.Length == 0 && node.Settings.Mqtt() is { } known
            && (known.Host, known.Port, known.WebSocketPath, known.Tls is null) == (asked.Host, asked.Port, asked.WebSocketPath, asked.Tls is null)
            && asked.UserName is null)
        {
            return known with { DeviceId = known.DeviceId ?? MqttProbe.NoDevice };
        }

        var settings = node.Settings;
        return asked with
        {
            Node = node.Name,
            UserName = user.Length > 0 ? user : asked.UserName,
            Password = password.Length > 0 ? password : null,
            BaseTopic = settings.Get(Settings.MqttBaseTopic),
            DiscoveryPrefix = settings.Get(Settings.MqttDiscovery) ? settings.Get(Settings.MqttDiscoveryPrefix) : null,
            BirthTopic = settings.Get(Settings.MqttBirthTopic),
            Tls = asked.Tls is null ? null : asked.Tls with { CaFile = settings.Get(Settings.MqttCa) is { Length: > 0 } file ? file : null },
            DeviceId = MqttProbe.NoDevice,
        };
    }

    private static Task RefuseAsync(HttpContext context, string sentence) =>
        RequestErrors.AnswerAsync(context.Response, StatusCodes.Status400BadRequest, sentence);
}

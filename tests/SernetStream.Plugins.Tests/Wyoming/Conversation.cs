using System.Text;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Plugins.Wyoming;

namespace SernetStream.Plugins.Tests.Wyoming;

/// <summary>
/// A recorded conversation: bytes as a client sends them, and the bytes it must be answered with. <c>\n</c> in a string
/// is the protocol's line end.
/// </summary>
internal static class Conversation
{
    /// <summary>Sends it all to a session, cut into pieces of some length, and returns what the session answered.</summary>
    public static async Task<(string Told, FakePluginContext Context)> HoldAsync(
        byte[] sent, WyomingSettings? settings = null, int longestRead = int.MaxValue)
    {
        var context = new FakePluginContext("Wyoming");
        settings ??= new WyomingSettings();
        using var stream = new TwoWayStream(sent, longestRead);
        await using (var session = new Session(
            stream, context, settings, Plugins.Wyoming.Protocol.ServiceInfo.Frame(context, settings.WakeEmotions)))
        {
            await session.RunAsync(CancellationToken.None).WaitAsync(Testing.ChildProcess.WaitTimeout);
        }

        return (Encoding.UTF8.GetString(stream.Told), context);
    }

    /// <summary>Texts and byte strings one after the other.</summary>
    public static byte[] Bytes(params object[] parts) => [.. parts.SelectMany(part => part switch
    {
        string text => Encoding.UTF8.GetBytes(text),
        byte[] bytes => bytes,
        _ => throw new ArgumentException($"{part} is neither text nor bytes."),
    })];
}

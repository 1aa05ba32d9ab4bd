using System.Text;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Plugins.Wyoming;

namespace SernetStream.Plugins.Tests.Wyoming;

/// <summary>
/// A recorded conversation: the client's bytes and the expected answer. <c>\n</c> in a string is the protocol's line
/// end.
/// </summary>
internal static class Conversation
{
    /// <summary>Sends the bytes to a session, in pieces of limited length, and returns the session's answer.</summary>
    public static async Task<(string Told, FakePluginContext Context)> HoldAsync(
        byte[] sent, WyomingSettings? settings = null, int longestRead = int.MaxValue, TimeProvider? clock = null)
    {
        var context = new FakePluginContext("Wyoming") { Time = clock ?? TimeProvider.System };
        settings ??= new WyomingSettings();
        using var peer = new Peer(context, settings);
        using var stream = new TwoWayStream(sent, longestRead);
        await using (var session = new Session(
            stream, context, settings, Plugins.Wyoming.Protocol.ServiceInfo.Frame(context, settings.WakeEmotions), peer))
        {
            await session.RunAsync(CancellationToken.None).WaitAsync(Testing.ChildProcess.WaitTimeout);
        }

        return (Encoding.UTF8.GetString(stream.Told), context);
    }

    /// <summary>Joins texts and byte strings.</summary>
    public static byte[] Bytes(params object[] parts) => [.. parts.SelectMany(part => part switch
    {
        string text => Encoding.UTF8.GetBytes(text),
        byte[] bytes => bytes,
        _ => throw new ArgumentException($"{part} is neither text nor bytes."),
    })];
}

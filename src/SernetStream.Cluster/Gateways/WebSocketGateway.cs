using System.Buffers.Binary;
using System.Globalization;
using System.Net.WebSockets;
using SernetStream.Audio.Streams;
using SernetStream.Cluster.Rooms;
using SernetStream.Web.Dashboard;

namespace SernetStream.Cluster.Gateways;

/// <summary>
/// Takes audio for rooms: <c>ws://SILO/rooms/NAME?rate=16000</c>, signed 16-bit little-endian mono samples in binary messages. The
/// room comes to this silo. It ends with the connection; a sender whose silo goes connects to another.
/// </summary>
internal sealed class WebSocketGateway(RoomDoor door, ILogger<WebSocketGateway> log)
{
    private const int MessageBytes = 32 * 1024;

    /// <summary>How often a silent connection is tried, and how long its answer may take.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    public async Task ServeAsync(HttpContext context)
    {
        var room = (string)context.Request.RouteValues["room"]!;
        if (Problem(context, room, out var spec, out var rate) is { } problem)
        {
            await RequestErrors.AnswerAsync(context.Response, StatusCodes.Status400BadRequest, problem).ConfigureAwait(false);
            return;
        }

        if (door.Refusal(room) is { } refusal)
        {
            await RequestErrors.AnswerAsync(context.Response, StatusCodes.Status503ServiceUnavailable, refusal).ConfigureAwait(false);
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext { KeepAliveInterval = KeepAlive, KeepAliveTimeout = KeepAlive }).ConfigureAwait(false);
        var source = new PushSource($"audio sent for {room}", rate);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var heard = door.HearAsync(spec!, new SentAudio(source, source.Complete), ended.Token);
        try
        {
            await ReceiveAsync(socket, source, ended.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException)
        {
            log.LogDebug(error, "The sender of {Room} has gone", room);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await heard.ConfigureAwait(false);
        }
    }

    /// <summary>Samples of a message.</summary>
    internal static int Samples(ReadOnlySpan<byte> message, Span<float> samples)
    {
        var count = message.Length / 2;
        for (var i = 0; i < count; i++)
        {
            samples[i] = BinaryPrimitives.ReadInt16LittleEndian(message[(2 * i)..]) / 32768f;
        }

        return count;
    }

    private static string? Problem(HttpContext context, string room, out RoomSpec? spec, out int rate)
    {
        var query = context.Request.Query;
        (spec, rate) = (null, 16000);
        var priority = 0;
        if (!RoomSpec.IsName(room))
        {
            return "A room's name is 1 to 64 characters without /, +, # and control characters.";
        }

        if (query.TryGetValue("rate", out var said) && (!int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out rate) || rate is < 8000 or > 192_000))
        {
            return $"rate is {said}; it must be 8000 to 192000.";
        }

        if (query.TryGetValue("priority", out var wish) && !int.TryParse(wish, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out priority))
        {
            return $"priority is {wish}; it must be a whole number.";
        }

        spec = new RoomSpec { Name = room, Priority = priority, Learn = query["learn"] == "1" };
        return context.WebSockets.IsWebSocketRequest
            ? null
            : "Audio is sent over a WebSocket: binary messages of signed 16-bit little-endian mono samples.";
    }

    private static async Task ReceiveAsync(WebSocket socket, PushSource source, CancellationToken stop)
    {
        var bytes = new byte[MessageBytes];
        var samples = new float[MessageBytes / 2];
        var filled = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(bytes.AsMemory(filled), stop).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, stop).ConfigureAwait(false);
                return;
            }

            if (received.MessageType == WebSocketMessageType.Text)
            {
                await socket.CloseAsync(WebSocketCloseStatus.InvalidMessageType, "Send binary messages of 16-bit samples.", stop).ConfigureAwait(false);
                return;
            }

            filled += received.Count;
            var count = Samples(bytes.AsSpan(0, filled), samples);
            if (!source.Write(samples.AsSpan(0, count)))
            {
                await socket.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "The room is heard elsewhere now, or this silo gave it away.", stop).ConfigureAwait(false);
                return;
            }

            // Half a sample at most is left.
            bytes.AsSpan((2 * count)..filled).CopyTo(bytes);
            filled -= 2 * count;
        }
    }
}

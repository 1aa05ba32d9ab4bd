using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SernetStream.Testing;

/// <summary>A web server whose only page is a stream: one connection, the bytes it was given, and the end.</summary>
public sealed class HttpStream : IDisposable
{
    private readonly TcpListener _listener;
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="port">A free port.</param>
    /// <param name="type">Its media type.</param>
    /// <param name="content">What it sends.</param>
    /// <param name="stalls">Whether it then keeps the connection and sends nothing, until it is disposed.</param>
    /// <param name="hasLength">Whether it says beforehand how long its page is, as for a file.</param>
    public HttpStream(int port, string type, byte[] content, bool stalls = false, bool hasLength = false)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        var length = hasLength ? $"Content-Length: {content.Length}\r\n" : "";
        Done = ServeAsync($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\n{length}Connection: close\r\n\r\n", content, stalls);
    }

    /// <summary>Ends when all was sent and the connection closed.</summary>
    public Task Done { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.TrySetResult();
        _listener.Dispose();
        // Where nobody has come, that nobody will is no fault.
        Done.ContinueWith(static done => _ = done.Exception, TaskScheduler.Default);
    }

    private async Task ServeAsync(string head, byte[] content, bool stalls)
    {
        using var client = await _listener.AcceptTcpClientAsync();
        // It is gone for everybody else, as a server that was killed is.
        _listener.Stop();
        var stream = client.GetStream();
        using (var request = new StreamReader(stream, Encoding.ASCII, leaveOpen: true))
        {
            while (await request.ReadLineAsync() is { Length: > 0 })
            {
            }
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        await stream.WriteAsync(content);
        if (stalls)
        {
            await _end.Task;
        }
    }
}

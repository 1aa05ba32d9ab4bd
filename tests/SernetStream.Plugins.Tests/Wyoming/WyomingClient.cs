using System.Net;
using System.Net.Sockets;
using System.Text;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Wyoming;

/// <summary>A client that speaks Wyoming over a socket.</summary>
internal sealed class WyomingClient(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    public static async Task<WyomingClient> ConnectAsync(EndPoint where)
    {
        var protocol = where is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified;
        var socket = new Socket(where.AddressFamily, SocketType.Stream, protocol);
        await socket.ConnectAsync(where);
        return new WyomingClient(socket);
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text));

    public async Task<string> AskAsync(string text)
    {
        await SendAsync(text);
        return await HeaderAsync();
    }

    public async Task<bool> TryAskAsync(string text)
    {
        try
        {
            return (await AskAsync(text)).Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Reads an event and returns its header, or an empty text at the end.</summary>
    public async Task<string> HeaderAsync()
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        var line = new List<byte>();
        var one = new byte[1];
        while (await _stream.ReadAsync(one, limit.Token) == 1 && one[0] != '\n')
        {
            line.Add(one[0]);
        }

        var header = Encoding.UTF8.GetString([.. line]);
        if (header.Length > 0)
        {
            using var json = System.Text.Json.JsonDocument.Parse(header);
            if (json.RootElement.TryGetProperty("data_length", out var length))
            {
                await _stream.ReadExactlyAsync(new byte[length.GetInt32()], limit.Token);
            }
        }

        return header;
    }

    public async Task<bool> IsEndedAsync()
    {
        try
        {
            return await HeaderAsync() == "";
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _stream.Dispose();
}

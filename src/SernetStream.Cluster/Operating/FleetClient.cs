using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using SernetStream.Cluster.Joining;
using SernetStream.Configuration;

namespace SernetStream.Cluster.Operating;

/// <summary>What an operator's commands share: any silo of the cluster, which they ask over its web server.</summary>
internal sealed class FleetClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http;
    private readonly string _at;

    private FleetClient(Uri at, string? token)
    {
        _at = at.ToString();
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = at, Timeout = Patience };
        _http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The options of all these commands.</summary>
    public sealed record Options
    {
        /// <summary>Where a silo is.</summary>
        public Option<string> At { get; } = new("--at")
        {
            Description = "Where any silo of the cluster listens (its --listen).",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => "127.0.0.1:8090",
        };

        /// <summary>What it wants to be shown.</summary>
        public Option<string?> Token { get; } = new("--token-file") { Description = "A file with the token that the silo asks for.", HelpName = "FILE" };

        /// <summary>The client that was meant.</summary>
        /// <exception cref="CommandException">The options are wrong.</exception>
        public FleetClient Open(ParseResult parsed)
        {
            var text = parsed.GetValue(At)!;
            var file = parsed.GetValue(Token);
            return Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out var at) && at.Scheme is "http" or "https"
                ? new FleetClient(at, file is null ? null : SecretFile.Read("--token-file", file))
                : throw new CommandException(ExitCode.Usage, $"--at is {text}; it must be HOST:PORT or http://HOST:PORT.");
        }
    }

    /// <summary>The silos with their rooms, and whether these are all.</summary>
    /// <exception cref="CommandException">It cannot be told; the message says why.</exception>
    public async Task<(bool IsWhole, IReadOnlyList<JsonElement> Silos)> SilosAsync(CancellationToken stop)
    {
        using var answer = await AskAsync(HttpMethod.Get, "fleet.json", stop).ConfigureAwait(false);
        try
        {
            var root = (await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(stop).ConfigureAwait(false), default, stop).ConfigureAwait(false)).RootElement;
            return (root.GetProperty("isWhole").GetBoolean(), [.. root.GetProperty("silos").EnumerateArray()]);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CommandException(ExitCode.Unavailable, $"What listens at {_at} is no silo: its answer is not one.");
        }
    }

    /// <summary>Changes something.</summary>
    /// <exception cref="CommandException">It cannot be done; the message says why.</exception>
    public async Task ChangeAsync(HttpMethod method, string path, CancellationToken stop) =>
        (await AskAsync(method, path, stop).ConfigureAwait(false)).Dispose();

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, CancellationToken stop)
    {
        HttpResponseMessage answer;
        try
        {
            using var request = new HttpRequestMessage(method, path);
            answer = await _http.SendAsync(request, stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            throw new CommandException(
                ExitCode.Unavailable, $"No silo answers at {_at} ({error.GetBaseException().Message.TrimEnd('.')}): name one that runs by --at.");
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            var sentence = (await answer.Content.ReadAsStringAsync(stop).ConfigureAwait(false)).Split('\n')[0];
            throw answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests
                ? new CommandException(ExitCode.Usage, $"The silo at {_at} wants its token: name the file by --token-file. ({sentence})")
                : new CommandException(answer.StatusCode == HttpStatusCode.Conflict ? ExitCode.Usage : ExitCode.Failed, sentence);
        }
    }
}

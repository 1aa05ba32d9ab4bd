using System.Globalization;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Soak.Cluster;

/// <summary>A cluster on this machine: Redis, a broker, silos, rooms that are fetched and rooms that are sent.</summary>
internal sealed class ClusterStage : IAsyncDisposable
{
    private const double SpeechSeconds = 300;
    private const int Rotations = 8;

    private readonly TemporaryFolder _folder = new();
    private readonly Senders _senders = new();

    private IReadOnlyList<string> _files = [];

    private ClusterStage(RedisServer redis, MosquittoBroker broker) => (Redis, Broker) = (redis, broker);

    public RedisServer Redis { get; }

    public MosquittoBroker Broker { get; }

    public Heard Heard { get; } = new();

    public List<ClusterSilo> Silos { get; } = [];

    public IReadOnlyList<string> Rooms { get; private set; } = [];

    /// <summary>Starts it, and waits until each room was heard.</summary>
    /// <param name="silos">How many silos.</param>
    /// <param name="fetched">Rooms whose source is a file in real time.</param>
    /// <param name="sent">Rooms whose audio is sent over WebSockets.</param>
    /// <param name="speechSeconds">How long the speech is that each room hears before it begins anew.</param>
    public static async Task<ClusterStage> StartAsync(int silos, int fetched, int sent, double speechSeconds = SpeechSeconds)
    {
        var stage = new ClusterStage(await RedisServer.StartNewAsync(), await MosquittoBroker.StartNewAsync());
        await stage.BeginAsync(silos, fetched, sent, speechSeconds);
        return stage;
    }

    /// <summary>The file that a fetched room hears; it counts from 0.</summary>
    public string FileOf(int room) => _files[room % Rotations];

    /// <summary>A file that goes with the stage.</summary>
    public string Write(string name, string text) => _folder.Write(name, text);

    /// <summary>Speech that people spoke, if the corpus is there; else the sample.</summary>
    private static float[] Speech(double seconds)
    {
        var folder = Repository.Dataset("emodb");
        if (!Directory.Exists(Path.Combine(folder, "audio")))
        {
            return Sounds.Loop(Sounds.Spoken, seconds);
        }

        var pause = Sounds.Silence(0.7);
        var files = Directory.GetFiles(Path.Combine(folder, "audio")).Order(StringComparer.Ordinal).Where((_, i) => i % 5 == 0);
        return Sounds.Loop([.. files.SelectMany(file => Sounds.Load(file).Concat(pause))], seconds);
    }

    public async ValueTask DisposeAsync()
    {
        await _senders.DisposeAsync();
        foreach (var silo in Silos)
        {
            await silo.DisposeAsync();
        }

        await Heard.DisposeAsync();
        await Redis.DisposeAsync();
        await Broker.DisposeAsync();
        _folder.Dispose();
    }

    private async Task BeginAsync(int silos, int fetched, int sent, double speechSeconds)
    {
        await Heard.StartAsync(Broker.Port);
        var speech = Speech(speechSeconds);
        _files = [.. Enumerable.Range(0, Rotations).Select(i => WriteRotated(speech, i))];
        var names = Enumerable.Range(1, fetched).Select(i => string.Create(CultureInfo.InvariantCulture, $"fetched{i}")).ToList();
        var rooms = _folder.Write("rooms.json", JsonSerializer.Serialize(names.Select((name, i) => new { name, source = "file:" + FileOf(i), learn = true })));
        var secret = ClusterSilo.WriteSecret(_folder, "secret", new string('s', 40));
        string[] broker = ["--mqtt-scores", "--mqtt", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Broker.Port}")];
        for (var i = 1; i <= silos; i++)
        {
            Silos.Add(ClusterSilo.Start(string.Create(CultureInfo.InvariantCulture, $"silo{i}"), Redis.Address, secret, ["--rooms", rooms, "--lag-limit", "100", .. broker]));
        }

        await Task.WhenAll(Silos.Select(silo => silo.JoinedAsync()));
        for (var i = 0; i < sent; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"sent{i + 1}");
            names.Add(name);
            _senders.Start(name, speech, i * speech.Length / Math.Max(1, sent), Silos, i);
        }

        Rooms = names;
        await UntilAsync(() => Rooms.All(room => Heard.LastOf(room) > 0), TimeSpan.FromMinutes(4), "each room is heard");
    }

    /// <summary>Waits for something.</summary>
    public static async Task<bool> UntilAsync(Func<bool> holds, TimeSpan patience, string what)
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (System.Diagnostics.Stopwatch.GetElapsedTime(began) > patience)
            {
                Console.WriteLine($"   gave up waiting until {what}");
                return false;
            }

            await Task.Delay(50);
        }

        return true;
    }

    private string WriteRotated(float[] speech, int rotation)
    {
        var start = rotation * speech.Length / Rotations;
        var path = _folder.PathOf(string.Create(CultureInfo.InvariantCulture, $"speech{rotation}.wav"));
        Sounds.WriteWav(path, [.. speech[start..], .. speech[..start]]);
        return path;
    }
}

using System.Diagnostics;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>SIGTERM at random moments: the daemon ends within two seconds, and its last line is whole.</summary>
internal static class StopSoak
{
    private const double LatestSeconds = 8;
    private const int KilledByTerm = 143;

    // The target is 2 s. A crowded machine may take longer, which is no failure; never ending is one.
    private static readonly TimeSpan Hanging = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(double times, Report report)
    {
        var random = new Random(4);
        var (longest, longestStarting) = (TimeSpan.Zero, TimeSpan.Zero);
        var (early, events, broken, bad) = (0, 0, 0, new List<int>());
        for (var i = 0; i < times; i++)
        {
            await using var daemon = ChildProcess.Start(
                "dotnet", [Repository.Daemon, "--device", $"file:{Repository.PathOf("samples", "spoken.flac")}", "--output", "json"]);
            daemon.StandardInput.Close();
            await Task.Delay(TimeSpan.FromSeconds(random.NextDouble() * LatestSeconds));
            var isUp = daemon.ErrorLines.Count > 0;
            var asked = Stopwatch.GetTimestamp();
            daemon.Terminate();
            var result = await daemon.ExitAsync();
            var took = Stopwatch.GetElapsedTime(asked);
            longest = isUp && took > longest ? took : longest;
            longestStarting = !isUp && took > longestStarting ? took : longestStarting;
            early += isUp ? 0 : 1;

            // Before .NET handles the signal, SIGTERM kills the process.
            if (result.ExitCode != 0 && (isUp || result.ExitCode != KilledByTerm))
            {
                bad.Add(result.ExitCode);
            }

            foreach (var line in result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                events++;
                broken += IsWhole(line) ? 0 : 1;
            }
        }

        report.Target("longest end", longest.TotalSeconds, "s", 2);
        report.Target("longest end while it was starting", longestStarting.TotalSeconds, "s", 2);
        report.Figure("asked while it was starting", early, "");
        report.Figure("events", events, "");
        report.Require(longest < Hanging && longestStarting < Hanging, "it never hangs");
        report.Require(bad.Count == 0, $"it always ends with exit code 0 {string.Join(' ', bad)}");
        report.Require(broken == 0, "every line it said is whole");
    }

    private static bool IsWhole(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.TryGetProperty("latencyMs", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

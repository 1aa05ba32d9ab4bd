using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.Diary.Tests;

/// <summary>A process that writes is killed in mid-write, fifty times, with one file.</summary>
public class DiaryKillTests
{
    private const int Kills = 50;

    private static readonly string Writer = Repository.PathOf(
        "tests", "SernetStream.Diary.Writer", "bin", Repository.Configuration, "net10.0", "SernetStream.Diary.Writer.dll");

    [Fact]
    public async Task No_acknowledged_event_is_lost_and_the_file_is_never_damaged()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("kitchen.db");
        var acknowledged = new List<long>();
        for (var kill = 0; kill < Kills; kill++)
        {
            // Some are killed at the first event, and some after many.
            var first = 1_000_000L * kill;
            var last = first + (kill * 7 % 40);
            await using var writer = ChildProcess.Start("dotnet", [Writer, path, first.ToString(CultureInfo.InvariantCulture)]);
            await writer.OutputLineAsync(line => line == last.ToString(CultureInfo.InvariantCulture));
            writer.Kill();
            var result = await writer.ExitAsync();
            acknowledged.AddRange(Lines(result.Output));
            Assert.Equal("ok", DiarySample.Query(path, "PRAGMA integrity_check"));
        }

        var entries = DiarySample.Read(path);
        var written = entries.Select(entry => entry.Sequence).ToList();
        Assert.Empty(acknowledged.Except(written));
        Assert.Equal(written.Order(), written);
        Assert.Equal(written.Distinct(), written);
        Assert.Equal(Kills, entries.Select(entry => entry.Run).Distinct().Count());
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{Kills} kills, {acknowledged.Count} events acknowledged, {written.Count} in the file, 0 lost"));
    }

    // A line that the kill cut short was not said.
    private static IEnumerable<long> Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => long.Parse(line, CultureInfo.InvariantCulture));
}

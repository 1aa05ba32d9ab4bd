using SernetStream.Soak;

namespace SernetStream.Pipeline.Tests;

/// <summary>The short forms of <c>make soak</c>, so that every change runs them.</summary>
[Trait("Category", "slow")]
public class SoakTests(ITestOutputHelper log)
{
    [Fact]
    public Task Ten_seconds_with_a_model_of_twice_the_hop() =>
        RunAsync(report => OverloadSoak.RunAsync(seconds: 10, hop: 0.256, report));

    [Fact]
    public Task A_minute_of_noise_and_speech_in_it() => RunAsync(report => NoiseSoak.RunAsync(minutes: 1, report));

    [Fact]
    public Task A_quarter_of_an_hour_at_full_speed() => RunAsync(report => DaySoak.RunAsync(hours: 0.25, report));

    [Fact]
    public Task Rooms_beside_others_that_flood_stall_and_die() => RunAsync(RoomsSoak.FaultsAsync);

    [Fact]
    public Task Three_times_SIGTERM() => RunAsync(report => StopSoak.RunAsync(times: 3, report));

    private async Task RunAsync(Func<Report, Task> soak)
    {
        using var output = new StringWriter();
        var report = new Report("short", output);
        try
        {
            await soak(report);
        }
        finally
        {
            log.WriteLine(output.ToString());
        }

        Assert.Empty(report.Failures);
    }
}

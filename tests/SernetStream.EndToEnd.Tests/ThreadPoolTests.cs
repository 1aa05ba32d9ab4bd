using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>What the daemon's csproj asks of the runtime, seen from outside.</summary>
public class ThreadPoolTests
{
    /// <summary>
    /// Threads of the pool that are out of work would call sched_yield(2) 70 times each before they sleep, so several thousand times while
    /// the events of this file are written one by one.
    /// </summary>
    [NeedsFact("strace")]
    public async Task A_thread_of_the_pool_that_is_out_of_work_sleeps_at_once()
    {
        using var folder = new TemporaryFolder();
        var trace = folder.PathOf("trace");
        var result = await ChildProcess.RunAsync(
            "strace",
            [
                "-f", "-qq", "-e", "trace=sched_yield", "-o", trace,
                "dotnet", Repository.Daemon, "run", "--device", $"file:{Sernetd.SpokenSample}", "--speed", "max", "--output", "json",
            ],
            patience: TimeSpan.FromMinutes(5));
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.InRange(File.ReadLines(trace).Count(), 0, 500);
    }
}

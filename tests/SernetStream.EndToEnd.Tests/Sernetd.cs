using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>The built daemon, run as a user or a service manager runs it.</summary>
internal static class Sernetd
{
    // Keeps the daemon's state out of the home folder of the user who runs the tests.
    private static readonly TemporaryFolder State = MakeState();

    public static string SpokenSample { get; } = Repository.PathOf("samples", "spoken.flac");

    /// <summary>Ten minutes of the same speech: a daemon that plays them outlives its test, also on a slow machine.</summary>
    public static Lazy<Task<string>> LongSample { get; } = new(RepeatSampleAsync);

    public static Task<ChildResult> RunAsync(params IEnumerable<string> arguments) =>
        RunAsync(arguments, environment: null);

    public static Task<ChildResult> RunAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, TimeSpan? patience = null) =>
        ChildProcess.RunAsync("dotnet", [Repository.Daemon, .. arguments], WithState(environment), patience);

    public static ChildProcess Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        ChildProcess.Start("dotnet", [Repository.Daemon, .. arguments], WithState(environment));

    /// <summary>Asserts an exit code and one sentence for each expected text, without a stack trace.</summary>
    public static void AssertRefused(ChildResult result, int exitCode, params string[] because)
    {
        Assert.True(exitCode == result.ExitCode, $"exit code {result.ExitCode}, said: {result.Errors}\n{result.Output}");
        foreach (var text in because)
        {
            Assert.Contains(text, result.Errors, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", result.Errors, StringComparison.Ordinal);
    }

    private static async Task<string> RepeatSampleAsync()
    {
        var file = State.PathOf("spoken-long.wav");
        var result = await ChildProcess.RunAsync("sox", [SpokenSample, file, "repeat", "23"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return file;
    }

    private static TemporaryFolder MakeState()
    {
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return folder;
    }

    private static Dictionary<string, string> WithState(IReadOnlyDictionary<string, string>? environment)
    {
        var all = new Dictionary<string, string>(environment ?? new Dictionary<string, string>());
        all.TryAdd("XDG_STATE_HOME", State.FullPath);
        return all;
    }
}

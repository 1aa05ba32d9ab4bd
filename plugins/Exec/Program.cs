using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SernetStream.Plugins.Exec;

/// <summary>One run of a command.</summary>
/// <param name="Problem">What was wrong with it, to be read after the program's name; null if nothing.</param>
internal sealed record ProgramResult(string? Problem);

/// <summary>Runs a program for an event.</summary>
internal static class Program
{
    private const int LongestComplaint = 500;
    private static readonly TimeSpan ComplaintInterval = TimeSpan.FromSeconds(1);

    /// <summary>The path of a program that may be run, looked for as a shell would; null if there is none.</summary>
    public static string? Find(string program)
    {
        var folders = program.Contains('/', StringComparison.Ordinal)
            ? [""]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(IsRunnable);
    }

    /// <summary>
    /// Runs it to its end, or to the time limit: then it is killed with all that it started. Its standard output goes
    /// nowhere; the beginning of what it says on standard error becomes part of the problem when it fails.
    /// </summary>
    public static async Task<ProgramResult> RunAsync(
        IReadOnlyList<string> command, EmotionEvent emotionEvent, TimeSpan limit, TimeProvider clock, CancellationToken stop)
    {
        using var process = new Process { StartInfo = StartInfo(command, emotionEvent) };
        process.Start();
        using var timer = new CancellationTokenSource(limit, clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        try
        {
            var complaint = ReadBeginningAsync(process.StandardError, end.Token);
            _ = DiscardAsync(process.StandardOutput.BaseStream, end.Token);
            await FeedAsync(process, emotionEvent, end.Token);
            await process.WaitForExitAsync(end.Token);
            if (process.ExitCode == 0)
            {
                return new ProgramResult(Problem: null);
            }

            // What it left running in the background may keep its standard error open for as long as it likes.
            await Task.WhenAny(complaint, Task.Delay(ComplaintInterval, end.Token));
            return new ProgramResult($"ended with {process.ExitCode}. {(complaint.IsCompletedSuccessfully ? await complaint : "")}".TrimEnd());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(ComplaintInterval, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.ThrowIfCancellationRequested();
            return new ProgramResult($"took longer than {limit.TotalSeconds:0.#} s and was killed.");
        }
        finally
        {
            await end.CancelAsync();
        }
    }

    private static ProcessStartInfo StartInfo(IReadOnlyList<string> command, EmotionEvent emotionEvent)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The daemon's own may hold secrets, such as the broker's password.
        foreach (var own in start.Environment.Keys.Where(name => name.StartsWith("SERNET_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(own);
        }

        start.Environment["SERNET_NODE"] = emotionEvent.Node;
        start.Environment["SERNET_KIND"] = EmotionEventJson.KindName(emotionEvent.Kind);
        start.Environment["SERNET_EMOTION"] = emotionEvent.Emotion;
        start.Environment["SERNET_PREVIOUS"] = emotionEvent.Previous;
        start.Environment["SERNET_AROUSAL"] = emotionEvent.Arousal?.ToString("0.###", CultureInfo.InvariantCulture) ?? "";
        start.Environment["SERNET_CONFIDENCE"] = emotionEvent.Confidence.ToString("0.####", CultureInfo.InvariantCulture);
        start.Environment["SERNET_SEQUENCE"] = emotionEvent.Sequence.ToString(CultureInfo.InvariantCulture);
        start.Environment["SERNET_TIME"] = EmotionEventJson.Timestamp(emotionEvent.Time);
        return start;
    }

    private static async Task FeedAsync(Process process, EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(
                (byte[])[.. EmotionEventJson.ToUtf8(emotionEvent), (byte)'\n'], cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It does not read its input, which is its right.
        }
    }

    private static async Task DiscardAsync(Stream output, CancellationToken cancellationToken)
    {
        try
        {
            await output.CopyToAsync(Stream.Null, cancellationToken);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The program has ended.
        }
    }

    private static async Task<string> ReadBeginningAsync(StreamReader errors, CancellationToken cancellationToken)
    {
        var beginning = new StringBuilder();
        var buffer = new char[LongestComplaint];
        int count;
        try
        {
            while ((count = await errors.ReadAsync(buffer, cancellationToken)) > 0)
            {
                beginning.Append(buffer, 0, Math.Min(count, LongestComplaint - beginning.Length));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Nobody waits for the rest of it any more.
        }

        return beginning.ToString().Trim().ReplaceLineEndings(" / ");
    }

    private static bool IsRunnable(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path)
                & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}

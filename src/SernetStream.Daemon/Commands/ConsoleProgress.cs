namespace SernetStream.Daemon.Commands;

/// <summary>
/// A progress bar for long commands, on standard error, where a person looks on; elsewhere it says nothing. Lines of the
/// command's output go through <see cref="WriteLine"/>, so that the two do not run into each other. Any thread may call it.
/// </summary>
internal sealed class ConsoleProgress : IDisposable
{
    private const int BarWidth = 30;
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly TextWriter? _terminal;
    private readonly int _total;
    private readonly string _what;
    private readonly int _width;
    private readonly TimeProvider _clock;
    private readonly long _began;
    private long? _drawnAt;
    private int _done;
    private bool _isDrawn;

    /// <param name="total">How many steps there are.</param>
    /// <param name="what">What a step is, such as <c>files</c>.</param>
    /// <param name="terminal">Where to draw; null: nobody looks.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="clock">Which clock to go by.</param>
    internal ConsoleProgress(int total, string what, TextWriter? terminal, int width = 80, TimeProvider? clock = null)
    {
        (_total, _what, _terminal, _width, _clock) = (total, what, terminal, width, clock ?? TimeProvider.System);
        _began = _clock.GetTimestamp();
    }

    /// <summary>A bar where standard error is a terminal that can draw one, and there is more than one step.</summary>
    public static ConsoleProgress Start(int total, string what)
    {
        var isTerminal = total > 1 && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";
        return new ConsoleProgress(total, what, isTerminal ? Console.Error : null, isTerminal ? Math.Max(20, Console.BufferWidth) : 80);
    }

    /// <summary>A step is done.</summary>
    public void Step()
    {
        lock (_gate)
        {
            _done++;
            if (_drawnAt is not { } last || _done == _total || _clock.GetElapsedTime(last) >= DrawEvery)
            {
                Draw();
            }
        }
    }

    /// <summary>Writes a line of output in place of the bar, which comes back below it.</summary>
    public void WriteLine(TextWriter output, string line)
    {
        Clear();
        output.WriteLine(line);
    }

    /// <summary>Takes the bar away.</summary>
    public void Dispose() => Clear();

    private void Draw()
    {
        if (_terminal is null)
        {
            return;
        }

        _drawnAt = _clock.GetTimestamp();
        var share = (double)_done / _total;
        var full = (int)(BarWidth * share);
        var left = _clock.GetElapsedTime(_began) * ((1 - share) / Math.Max(share, 1e-9));
        var text = $"{new string('█', full)}{new string('░', BarWidth - full)} {_done}/{_total} {_what}, {Words(left)} left";
        _terminal.Write($"\r{text[..Math.Min(text.Length, _width - 1)]}\u001b[K");
        _isDrawn = true;
    }

    /// <summary>Makes room for something that is written otherwise.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            if (_isDrawn)
            {
                _isDrawn = false;
                _drawnAt = null;
                _terminal!.Write("\r\u001b[K");
            }
        }
    }

    private static string Words(TimeSpan left) => left.TotalMinutes < 1.5 ? $"{left.TotalSeconds:0} s" : $"{left.TotalMinutes:0} min";
}

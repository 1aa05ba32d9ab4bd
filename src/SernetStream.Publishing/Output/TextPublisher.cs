using System.Globalization;
using System.Text;
using SernetStream.Native;

namespace SernetStream.Publishing.Output;

/// <summary>
/// Writes each event as one short aligned line for a person at a terminal:
/// <c>   15.48 s  final    anger       81 %  ████████··  neutral 11 %  boredom 4 %</c>. The time is where the judged
/// audio ends, since the stream began; the bar is the confidence; the likeliest other labels follow. Speech changes
/// are not written.
/// </summary>
public sealed class TextPublisher : IEventPublisher
{
    private const int BarLength = 10;
    private const int Others = 2;
    private const int RoomWidth = 12;
    private const string Dim = "\e[2m";
    private const string Bold = "\e[1m";
    private const string Plain = "\e[0m";

    private readonly TextWriter _output;
    private readonly bool _colours;
    private readonly bool _leaveOpen;
    private readonly bool _namesRooms;
    private readonly StringBuilder _line = new();

    /// <summary>
    /// Writes to <paramref name="output"/>, and disposes it in the end unless it is to be left open. With
    /// <paramref name="colours"/> interim lines are dim and changes bold (ANSI escapes). With <paramref name="namesRooms"/>
    /// each line begins with the room.
    /// </summary>
    public TextPublisher(TextWriter output, bool colours, bool leaveOpen = false, bool namesRooms = false)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _colours = colours;
        _leaveOpen = leaveOpen;
        _namesRooms = namesRooms;
    }

    /// <inheritdoc/>
    public string Name => "text";

    /// <summary>
    /// Writes to the standard output of this process, in colours where that is a terminal, unless <c>NO_COLOR</c> is
    /// set (https://no-color.org) or <c>TERM</c> is <c>dumb</c>.
    /// </summary>
    /// <param name="namesRooms">Whether each line begins with the room.</param>
    public static TextPublisher ToStandardOutput(bool namesRooms = false)
    {
        var colours = !Console.IsOutputRedirected
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new TextPublisher(new StreamWriter(DescriptorStream.StandardOutput(), encoding), colours, namesRooms: namesRooms);
    }

    /// <inheritdoc/>
    public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Writes one line. Blocks while a pipe is full.</summary>
    /// <exception cref="PublisherClosedException">The reader of the pipe has gone; no later event will succeed.</exception>
    /// <exception cref="IOException">The line could not be written, as on a full disk.</exception>
    public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(emotionEvent);
        _line.Clear();
        AppendLine(emotionEvent);
        try
        {
            _output.Write(_line);
            _output.Flush();
        }
        catch (IOException exception) when (DescriptorStream.IsClosedPipe(exception))
        {
            throw new PublisherClosedException("The reader of the text has gone.", exception);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Does nothing.</summary>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _leaveOpen ? ValueTask.CompletedTask : _output.DisposeAsync();

    private static string Percent(float probability) =>
        (100 * probability).ToString("0", CultureInfo.InvariantCulture) + " %";

    private static int EmotionWidth(EmotionEvent emotionEvent) => emotionEvent.Probabilities.Labels
        .Append(EmotionLabel.Unknown)
        .Max(label => label.Length);

    private void AppendLine(EmotionEvent emotionEvent)
    {
        var colour = (_colours, emotionEvent.Kind) switch
        {
            (true, EmotionEventKind.Interim) => Dim,
            (true, EmotionEventKind.Change) => Bold,
            _ => "",
        };
        _line.Append(colour);
        if (_namesRooms)
        {
            _line.Append(emotionEvent.Node.PadRight(RoomWidth)).Append(' ');
        }

        _line.Append(CultureInfo.InvariantCulture, $"{emotionEvent.AudioEnd,8:0.00} s  ");
        _line.Append(EmotionEventJson.KindName(emotionEvent.Kind).PadRight(9));
        _line.Append(emotionEvent.Emotion.PadRight(EmotionWidth(emotionEvent) + 1));
        _line.Append(Percent(emotionEvent.Confidence).PadLeft(6)).Append("  ");
        var filled = (int)Math.Round(Math.Clamp(emotionEvent.Confidence, 0, 1) * BarLength);
        _line.Append('█', filled).Append('·', BarLength - filled);
        AppendOthers(emotionEvent);
        if (emotionEvent.Kind == EmotionEventKind.Change)
        {
            _line.Append("  was ").Append(emotionEvent.Previous);
        }

        _line.Append(colour.Length > 0 ? Plain : "").Append('\n');
    }

    private void AppendOthers(EmotionEvent emotionEvent)
    {
        var others = emotionEvent.Probabilities
            .Where(score => score.Key != emotionEvent.Emotion && score.Value >= 0.005f)
            .OrderByDescending(score => score.Value)
            .Take(Others);
        foreach (var (label, probability) in others)
        {
            _line.Append("  ").Append(label).Append(' ').Append(Percent(probability));
        }
    }
}

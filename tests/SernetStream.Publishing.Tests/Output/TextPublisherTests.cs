using System.Globalization;
using System.IO.Pipes;
using SernetStream.Native;
using SernetStream.Publishing.Output;
using SernetStream.Publishing.Tests.Support;

namespace SernetStream.Publishing.Tests.Output;

public sealed class TextPublisherTests
{
    [Fact]
    public async Task Lines_are_short_and_aligned()
    {
        var text = await WriteAsync(
            colours: false,
            Events.Make(EmotionEventKind.Interim, emotion: EmotionLabel.Unknown, confidence: 0.455f),
            Events.Make(),
            Events.Make(EmotionEventKind.Change) with { AudioEnd = 4003.5 },
            Events.Make(EmotionEventKind.Change, emotion: EmotionLabel.None, confidence: 0));

        Assert.Equal(
            """
               15.48 s  interim  unknown   46 %  █████·····  anger 81 %  neutral 11 %
               15.48 s  final    anger     81 %  ████████··  neutral 11 %  boredom 8 %
             4003.50 s  change   anger     81 %  ████████··  neutral 11 %  boredom 8 %  was neutral
               15.48 s  change   none       0 %  ··········  anger 81 %  neutral 11 %  was neutral

            """,
            text);
    }

    [Fact]
    public async Task Colours_are_for_terminals()
    {
        var text = await WriteAsync(
            colours: true,
            Events.Make(EmotionEventKind.Interim),
            Events.Make(EmotionEventKind.Final),
            Events.Make(EmotionEventKind.Change));

        var lines = text.Split('\n');
        Assert.StartsWith("\e[2m", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("\e[0m", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain('\e', lines[1]);
        Assert.StartsWith("\e[1m", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_pipe_is_told_apart()
    {
        using var writing = new AnonymousPipeServerStream(PipeDirection.Out);
        writing.ClientSafePipeHandle.Dispose();
        var output = new StreamWriter(new DescriptorStream(writing.SafePipeHandle));
        var publisher = new TextPublisher(output, colours: false);

        await Assert.ThrowsAsync<PublisherClosedException>(
            async () => await publisher.PublishAsync(Events.Make(), CancellationToken.None));
        await publisher.DisposeAsync();
    }

    private static async Task<string> WriteAsync(bool colours, params EmotionEvent[] events)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        await using (var publisher = new TextPublisher(output, colours, leaveOpen: true))
        {
            foreach (var emotionEvent in events)
            {
                await publisher.PublishAsync(emotionEvent, CancellationToken.None);
            }

            await publisher.PublishSpeechAsync(speaking: true, CancellationToken.None);
        }

        return output.ToString();
    }
}

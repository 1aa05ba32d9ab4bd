using System.IO.Pipes;
using System.Text;
using SernetStream.Native;
using SernetStream.Publishing.Output;
using SernetStream.Publishing.Tests.Support;

namespace SernetStream.Publishing.Tests.Output;

public sealed class JsonLinesPublisherTests
{
    [Fact]
    public async Task Each_event_is_one_line_of_its_JSON_form()
    {
        using var output = new MemoryStream();
        await using (var publisher = new JsonLinesPublisher(output, leaveOpen: true))
        {
            await publisher.StartAsync(CancellationToken.None);
            await publisher.PublishAsync(Events.Make(sequence: 1, node: "Küche"), CancellationToken.None);
            await publisher.PublishSpeechAsync(speaking: true, CancellationToken.None);
            await publisher.PublishAsync(Events.Make(EmotionEventKind.Change, sequence: 2), CancellationToken.None);
        }

        var expected = EmotionEventJson.ToText(Events.Make(sequence: 1, node: "Küche")) + "\n"
            + EmotionEventJson.ToText(Events.Make(EmotionEventKind.Change, sequence: 2)) + "\n";
        Assert.Equal(expected, Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task A_line_is_there_as_soon_as_the_event_is_published()
    {
        using var reading = new AnonymousPipeServerStream(PipeDirection.In);
        using var writing = new AnonymousPipeClientStream(PipeDirection.Out, reading.ClientSafePipeHandle);
        await using var publisher = new JsonLinesPublisher(new DescriptorStream(writing.SafePipeHandle));
        using var reader = new StreamReader(reading);

        await publisher.PublishAsync(Events.Make(), CancellationToken.None);

        Assert.Equal(EmotionEventJson.ToText(Events.Make()), await reader.ReadLineAsync());
    }

    [Fact]
    public async Task A_closed_pipe_is_told_apart()
    {
        using var writing = new AnonymousPipeServerStream(PipeDirection.Out);
        writing.ClientSafePipeHandle.Dispose();
        await using var publisher = new JsonLinesPublisher(new DescriptorStream(writing.SafePipeHandle));

        await Assert.ThrowsAsync<PublisherClosedException>(
            async () => await publisher.PublishAsync(Events.Make(), CancellationToken.None));
    }

    [Fact]
    public async Task A_full_disk_is_an_ordinary_error()
    {
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
        await using var publisher = new JsonLinesPublisher(new DescriptorStream(full));

        var exception = await Assert.ThrowsAsync<IOException>(
            async () => await publisher.PublishAsync(Events.Make(), CancellationToken.None));
        Assert.Contains("No space left", exception.Message, StringComparison.Ordinal);
    }
}

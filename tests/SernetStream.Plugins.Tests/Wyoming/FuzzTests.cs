using System.Text;
using SernetStream.Plugins.Wyoming;

namespace SernetStream.Plugins.Tests.Wyoming;

/// <summary>100,000 events of real conversations, each with some bytes changed, removed, inserted or repeated.</summary>
[Collection("alone")]
public class FuzzTests
{
    private const int Frames = 100_000;
    private const int FramesInConversation = 5;

    private static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes("""{"type":"describe"}""" + "\n"),
        Encoding.UTF8.GetBytes("""{"type":"ping","data":{"text":"hello"}}""" + "\n"),
        Encoding.UTF8.GetBytes("""{"type":"ping","data_length":16}""" + "\n" + """{"text":"there"}"""),
        Encoding.UTF8.GetBytes("""{"type":"detect","data":{"names":["anger","x"]}}""" + "\n"),
        Encoding.UTF8.GetBytes("""{"type":"audio-start","data":{"rate":16000,"width":2,"channels":1,"timestamp":0}}""" + "\n"),
        [.. Encoding.UTF8.GetBytes("""{"type":"audio-chunk","data":{"rate":16000,"width":2,"channels":1},"payload_length":64}""" + "\n"), .. new byte[64]],
        [.. Encoding.UTF8.GetBytes("""{"type":"audio-chunk","version":"1.7.2","data_length":40,"payload_length":9}""" + "\n"
            + """{"rate": 44100, "width": 3,"channels":1}"""), .. new byte[9]],
        Encoding.UTF8.GetBytes("""{"type":"audio-stop","data":{"timestamp":10}}""" + "\n"),
        Encoding.UTF8.GetBytes("""{"type":"synthesize","data":{"text":"It is ten."}}""" + "\n"),
        Encoding.UTF8.GetBytes("""{"type":"played"}""" + "\n"),
    ];

    [Fact]
    public async Task No_mutated_frame_crashes_hangs_or_grows()
    {
        var random = new Random(20260101);
        var settings = new WyomingSettings { WakeEmotions = ["anger"] };
        await HoldManyAsync(random, settings, Frames / 20);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await HoldManyAsync(random, settings, Frames - (Frames / 20));
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 2_000_000, $"{grown} bytes more are held after {Frames} frames.");
    }

    private static async Task HoldManyAsync(Random random, WyomingSettings settings, int frames)
    {
        for (var done = 0; done < frames; done += FramesInConversation)
        {
            byte[] sent = [.. Enumerable.Range(0, FramesInConversation).SelectMany(_ => Mutated(random))];
            try
            {
                await Conversation.HoldAsync(sent, settings, longestRead: random.Next(1, 200));
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"This conversation broke the session:\n{Convert.ToBase64String(sent)}", error);
            }
        }
    }

    private static byte[] Mutated(Random random)
    {
        var frame = Seeds[random.Next(Seeds.Length)].ToList();
        for (var changes = random.Next(4); changes > 0 && frame.Count > 0; changes--)
        {
            var at = random.Next(frame.Count);
            switch (random.Next(5))
            {
                case 0:
                    frame[at] = (byte)random.Next(256);
                    break;
                case 1:
                    frame[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    frame.RemoveRange(at, Math.Min(random.Next(1, 9), frame.Count - at));
                    break;
                case 3:
                    frame.InsertRange(at, frame.GetRange(at, Math.Min(random.Next(1, 17), frame.Count - at)));
                    break;
                default:
                    frame.InsertRange(at, Encoding.UTF8.GetBytes(random.Next(-100, 1 << 21).ToString(System.Globalization.CultureInfo.InvariantCulture)));
                    break;
            }
        }

        return [.. frame];
    }
}

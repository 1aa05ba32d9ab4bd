using System.Diagnostics;
using SernetStream.Pipeline.Echo;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests.Echo;

/// <summary>A television in a room that was made here: noise in bursts, through an echo that dies away.</summary>
public class EchoTests
{
    private const int Rate = 16000;
    private const int Step = EchoFilter.BlockLength;

    private readonly Random _random = new(1);

    [Fact]
    public void A_pair_of_transforms_is_what_its_definition_says_and_goes_back()
    {
        const int Length = 64;
        float[] a = [.. Enumerable.Range(0, Length).Select(_ => Noise())];
        float[] b = [.. Enumerable.Range(0, Length).Select(_ => Noise())];
        var transform = new PairTransform(Length);
        var (ofA, ofB) = (new Spectrum(Length), new Spectrum(Length));
        transform.Forward(a, b, ofA, ofB);
        foreach (var (signal, spectrum) in new[] { (a, ofA), (b, ofB) })
        {
            for (var k = 0; k <= Length / 2; k++)
            {
                Assert.Equal(signal.Select((x, n) => x * Math.Cos(2 * Math.PI * k * n / Length)).Sum(), spectrum.Re[k], 1e-4);
                Assert.Equal(-signal.Select((x, n) => x * Math.Sin(2 * Math.PI * k * n / Length)).Sum(), spectrum.Im[k], 1e-4);
            }
        }

        var (backA, backB) = (new float[Length], new float[Length]);
        transform.Inverse(ofA, ofB, backA, backB);
        Assert.All(Enumerable.Range(0, Length), i => Assert.Equal((a[i], b[i]), (backA[i], backB[i]), (x, y) =>
            Math.Abs(x.Item1 - y.Item1) < 1e-5 && Math.Abs(x.Item2 - y.Item2) < 1e-5));
    }

    [Fact]
    public void The_way_through_the_room_is_learnt_and_what_came_another_way_is_left()
    {
        var played = Bursts(20);
        var heard = InRoom(played, delay: 2000);
        var filter = new EchoFilter();
        var alone = Shares(filter, played, heard, 0, 15 * Rate);
        Assert.InRange(alone.TakeLast(60).Average(), 0, 0.05);

        // Somebody who is as loud as the television.
        var person = Bursts(5);
        for (var i = 0; i < person.Length; i++)
        {
            heard[(15 * Rate) + i] += 0.3f * person[i];
        }

        var both = Shares(filter, played, heard, 15 * Rate, 20 * Rate);
        Assert.InRange(both.Average(), 0.3, 1.2);
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        var track = new MonitorTrack();
        var judge = new EchoJudge(track);
        var (played, step, at) = (Bursts(4), new float[Step], Stopwatch.GetTimestamp());
        var position = 0;
        void Next()
        {
            at += Step * Stopwatch.Frequency / Rate;
            track.Write(played.AsSpan(position, Step), at + (Stopwatch.Frequency / 5));
            played.AsSpan(position, Step).CopyTo(step);
            judge.Explains(step, at);
            position = (position + Step) % (played.Length - Step);
        }

        for (var i = 0; i < 200; i++)
        {
            Next();
        }

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                Next();
            }
        }));
    }

    [Fact]
    public void Two_clocks_that_differ_are_brought_together_although_each_date_is_wrong()
    {
        const double Drift = 50e-6;
        var clock = new MonitorClock();
        var steps = 10 * 60 * Rate / Step;
        var worst = 0.0;
        for (var i = 0; i < steps; i++)
        {
            var really = 5000 + (i * Step * (1 + Drift));
            var isNew = clock.Next(really + ((_random.NextDouble() - 0.5) * 160));
            Assert.Equal(i == 0, isNew);
            worst = Math.Max(worst, Math.Abs(clock.Position - really));
        }

        Assert.InRange(clock.Rate, 1 + Drift - 3e-6, 1 + Drift + 3e-6);
        Assert.InRange(worst, 0, 200);

        // Half a second is lost. One date that is far off says nothing, a second of them does.
        var jumps = Enumerable.Range(steps, 60).Count(i => clock.Next(13000 + (i * Step * (1 + Drift))));
        Assert.Equal(1, jumps);
    }

    [Fact]
    public void What_the_speakers_play_is_held_until_it_is_learnt_and_a_person_is_heard_after()
    {
        var (played, person) = (Bursts(30), Bursts(30));
        var heard = InRoom(played, delay: 1500);
        var track = new MonitorTrack();
        var judge = new EchoJudge(track);
        var began = Stopwatch.GetTimestamp();
        var (television, people) = (0, 0);
        for (var start = 0; start + (2 * Rate) < heard.Length; start += Step)
        {
            track.Write(played.AsSpan(start + 4000, Step), At(start + 4000 + Step));
            var step = heard.AsSpan(start, Step).ToArray();
            var isPerson = start > 20 * Rate;
            for (var i = 0; isPerson && i < Step; i++)
            {
                step[i] += 0.3f * person[start + i];
            }

            var isExplained = judge.Explains(step, At(start + Step));
            television += !isPerson && !isExplained && start > Rate ? 1 : 0;
            people += isPerson && !isExplained ? 1 : 0;
        }

        Assert.True(judge.IsLearnt);
        Assert.InRange(television, 0, 120);
        Assert.InRange(people, 150, 10000);

        long At(int sample) => began + (sample * Stopwatch.Frequency / Rate);
    }

    private static List<double> Shares(EchoFilter filter, float[] played, float[] heard, int from, int to)
    {
        var shares = new List<double>();
        for (var start = from; start + Step <= to; start += Step)
        {
            var (all, left) = filter.Process(played.AsSpan(start, Step), heard.AsSpan(start, Step));
            if (all > 1)
            {
                shares.Add(left / all);
            }
        }

        return shares;
    }

    private float Noise() => (float)(_random.NextDouble() - 0.5);

    /// <summary>Noise that is loud for a quarter of a second and quiet for a tenth, with most of it in the low frequencies.</summary>
    private float[] Bursts(int seconds)
    {
        var samples = new float[seconds * Rate];
        var low = 0f;
        for (var i = 0; i < samples.Length; i++)
        {
            low = (0.7f * low) + (0.3f * Noise());
            samples[i] = i % 5600 < 4000 ? low : 0.01f * low;
        }

        return samples;
    }

    private float[] InRoom(float[] played, int delay)
    {
        float[] room = [.. Enumerable.Range(0, 3000).Select(i => Noise() * (float)Math.Exp(-i / 600.0) * 0.1f)];
        room[0] = 0.3f;
        var heard = Soak.Convolution.Of(played, [.. new float[delay], .. room]);
        for (var i = 0; i < heard.Length; i++)
        {
            heard[i] += 0.001f * Noise();
        }

        return heard;
    }
}

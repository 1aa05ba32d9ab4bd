using SernetStream.Models.Streaming;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// The images of some steps: in front of each the rows that the stream's state keeps, behind them those of the steps. Steps that are
/// computed together read each weight once.
/// </summary>
internal sealed class StreamedSteps : INetworkSteps
{
    /// <summary>A hop has one or two; only the first window of an utterance has more. Other numbers were not measured.</summary>
    private const int MostTogether = 4;

    private readonly StreamedLightSernet _network;
    private readonly float[] _input;
    private readonly bool[] _repeats;
    private readonly float[] _scratch;
    private readonly LevelImage[][] _images;
    private readonly LevelImage[][] _results;
    private readonly TileScratch _tiles;
    private readonly StreamedSums _sums;
    private readonly int[] _levels;
    private readonly float[] _features;

    public StreamedSteps(StreamedLightSernet network)
    {
        _network = network;
        _input = network.Paths.CreateInput(MostTogether * network.Frames);
        _repeats = new bool[MostTogether * network.Frames];
        _scratch = new float[2 * network.Paths.Columns];
        var most = network.Images(MostTogether);
        _images = [.. Enumerable.Range(1, MostTogether).Select(steps =>
            most.Select(image => image.OfRows(image.Rows / MostTogether * steps)).ToArray())];

        // What the last convolution reads, it reads once: 1 × 1.
        _results = [.. _images.Select(images => images.Select((image, i) => i + 1 < images.Length ? image.OneRowOn() : image).ToArray())];
        _tiles = new TileScratch(network.MostChannels);
        _sums = network.CreateSums();
        _levels = new int[_sums.Levels.Length];
        _features = new float[_levels.Length];
    }

    public int Most => MostTogether;

    public void Compute(INetworkState state, ReadOnlySpan<float> frames, float share, bool keeps, Span<float> answers, Span<float> features)
    {
        var streamed = (StreamedState)state;
        var steps = frames.Length / (_network.Frames * _network.Paths.Columns);
        var (images, results) = (_images[steps - 1], _results[steps - 1]);
        Begin(streamed, images);
        Normalise(frames);
        _network.Paths.Apply(_input, steps * _network.Frames, _repeats.AsSpan(0, steps * _network.Frames), results[0]);
        for (var i = 0; i < _network.Body.Count; i++)
        {
            _network.Body[i].Apply(images[i], results[i + 1], _tiles);
        }

        Answer(images[^1], steps, share, answers, features);
        if (keeps)
        {
            Keep(streamed, images, steps);
        }
    }

    public void Dispose()
    {
        // All of it is the collector's.
    }

    private void Begin(StreamedState state, LevelImage[] images)
    {
        state.Sums.CopyTo(_sums);
        state.Frames.CopyTo(_input.AsSpan(_network.Paths.At(-_network.Paths.Margin)));
        for (var i = 0; i < state.Rows.Length; i++)
        {
            state.Rows[i].CopyTo(images[i].RowsInFront);
        }
    }

    private void Normalise(ReadOnlySpan<float> frames)
    {
        var paths = _network.Paths;
        for (var frame = 0; frame * paths.Columns < frames.Length; frame++)
        {
            _network.Normalisation.Apply(
                frames.Slice(frame * paths.Columns, paths.Columns),
                _sums.Normalisation,
                _scratch,
                _input.AsSpan(paths.At(frame + paths.Margin), paths.Columns));
        }
    }

    /// <summary>Adds up the levels of each step, and says what they come to.</summary>
    private void Answer(LevelImage image, int steps, float share, Span<float> answers, Span<float> features)
    {
        var (rows, labels) = (image.Rows / steps, _network.Head.Bias.Length);
        var unwanted = steps - (features.Length / _features.Length);
        for (var step = 0; step < steps; step++)
        {
            Array.Clear(_levels);
            _network.Last.Add(image, step * rows, rows, _tiles, _levels);
            _sums.Add(share, _levels, rows);
            _network.Last.Mean(_sums.Levels, _sums.Count, _features);
            _network.Head.Apply(_features, answers.Slice(step * labels, labels));
            if (step >= unwanted)
            {
                _features.CopyTo(features[((step - unwanted) * _features.Length)..]);
            }
        }
    }

    private void Keep(StreamedState state, LevelImage[] images, int steps)
    {
        _sums.CopyTo(state.Sums);
        var last = _network.Paths.At((steps * _network.Frames) - _network.Paths.Margin);
        _input.AsSpan(last, state.Frames.Length).CopyTo(state.Frames);
        for (var i = 0; i < state.Rows.Length; i++)
        {
            images[i].RowsAtEnd.CopyTo(state.Rows[i]);
        }
    }
}

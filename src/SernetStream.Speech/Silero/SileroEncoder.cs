using System.Numerics;
using SernetStream.Dsp.Simd;

namespace SernetStream.Speech.Silero;

/// <summary>
/// The four convolutions over the frames of a step: 129 magnitudes become 128, 64, 64 and 128 channels, four frames become
/// four, two, one and one. Each is followed by "no less than zero".
/// </summary>
internal sealed class SileroEncoder
{
    private readonly bool _isVector;
    private readonly LayerMemory[] _layers = [.. SileroWeights.Shared.Layers.Select(layer => new LayerMemory(layer))];

    public SileroEncoder(SimdMode mode) => _isVector = mode == SimdMode.Fastest && Vector.IsHardwareAccelerated;

    /// <summary>What it made of the last step: 128 channels.</summary>
    public ReadOnlySpan<float> Output => _layers[^1].Results;

    /// <summary>Takes the magnitudes of a step.</summary>
    public void Apply(ReadOnlySpan<float> magnitudes)
    {
        var image = magnitudes;
        foreach (var layer in _layers)
        {
            Convolve(layer, image);
            image = layer.Results;
        }
    }

    private void Convolve(LayerMemory memory, ReadOnlySpan<float> image)
    {
        var (layer, weights) = (memory.Layer, memory.Layer.Weights);
        var unit = Levels.UnitOf(image, weights.Shape.InputBits, _isVector);
        for (var frame = 0; frame < layer.FramesIn; frame++)
        {
            Levels.Round(image.Slice(frame * weights.Shape.Inputs, weights.Shape.Inputs), unit, memory.LevelsOf(frame, 1), _isVector);
        }

        if (_isVector && FourFrames.CanDo(layer))
        {
            FourFrames.Sum(weights, memory.Levels, memory.Sums);
        }
        else
        {
            Sum(memory);
        }

        for (var frame = 0; frame < layer.FramesOut; frame++)
        {
            var (from, outputs) = (frame * weights.Shape.Outputs, weights.Shape.Outputs);
            weights.Finish(memory.Sums.AsSpan(from, outputs), unit, layer.Bias, 0, memory.Results.AsSpan(from, outputs), _isVector);
        }
    }

    private void Sum(LayerMemory memory)
    {
        var layer = memory.Layer;
        Array.Clear(memory.Sums);
        for (var frame = 0; frame < layer.FramesOut; frame++)
        {
            var sums = memory.Sums.AsSpan(frame * layer.Weights.Shape.Outputs, layer.Weights.Shape.Outputs);
            // One frame of zeros lies before the first and one behind the last; the taps that meet them are left out.
            var (from, taps) = ((frame * layer.Stride) + layer.FirstTap - 1, layer.Weights.Shape.Taps);
            var (first, count) = (Math.Max(0, -from), Math.Min(taps, layer.FramesIn - from) - Math.Max(0, -from));
            PairSum.Add(layer.Weights, first, memory.LevelsOf(from + first, count), sums, _isVector);
        }
    }

    /// <summary>What a layer works on.</summary>
    private sealed class LayerMemory(SileroLayer layer)
    {
        private readonly int _frame = 2 * layer.Weights.Shape.Pairs;

        public SileroLayer Layer => layer;

        /// <summary>Frames that come in, each in whole pairs.</summary>
        public short[] Levels { get; } = new short[layer.FramesIn * 2 * layer.Weights.Shape.Pairs];

        public int[] Sums { get; } = new int[layer.FramesOut * layer.Weights.Shape.Outputs];

        public float[] Results { get; } = new float[layer.FramesOut * layer.Weights.Shape.Outputs];

        public Span<short> LevelsOf(int frame, int count) => Levels.AsSpan(frame * _frame, count * _frame);
    }
}

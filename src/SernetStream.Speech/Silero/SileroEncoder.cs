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
    private readonly float[][] _images = [.. SileroWeights.Shared.Layers.Select(layer => new float[layer.FramesOut * layer.Outputs])];

    public SileroEncoder(SimdMode mode) => _isVector = mode == SimdMode.Fastest && Vector.IsHardwareAccelerated;

    /// <summary>What it made of the last step: 128 channels.</summary>
    public ReadOnlySpan<float> Output => _images[^1];

    /// <summary>Takes the magnitudes of a step.</summary>
    public void Apply(ReadOnlySpan<float> magnitudes)
    {
        var image = magnitudes;
        for (var i = 0; i < _images.Length; i++)
        {
            Convolve(SileroWeights.Shared.Layers[i], image, _images[i]);
            image = _images[i];
        }
    }

    private void Convolve(SileroLayer layer, ReadOnlySpan<float> image, Span<float> result)
    {
        if (_isVector && FourFrames.CanDo(layer))
        {
            FourFrames.Convolve(layer, image, result);
            return;
        }

        var framesIn = image.Length / layer.Inputs;
        for (var frame = 0; frame < layer.FramesOut; frame++)
        {
            var sums = result.Slice(frame * layer.Outputs, layer.Outputs);
            layer.Bias.CopyTo(sums);
            for (var tap = layer.FirstTap; tap < layer.FirstTap + layer.Taps; tap++)
            {
                // One frame of zeros lies before the first and one behind the last.
                var from = (frame * layer.Stride) + tap - 1;
                if (from >= 0 && from < framesIn)
                {
                    WeightedSum.Add(image.Slice(from * layer.Inputs, layer.Inputs), layer.WeightsOf(tap), sums, _isVector);
                }
            }

            Rectify(sums);
        }
    }

    private void Rectify(Span<float> values)
    {
        var n = 0;
        for (; _isVector && n + Vector<float>.Count <= values.Length; n += Vector<float>.Count)
        {
            Vector.Max(new Vector<float>(values[n..]), Vector<float>.Zero).CopyTo(values[n..]);
        }

        for (; n < values.Length; n++)
        {
            values[n] = Math.Max(values[n], 0);
        }
    }
}

using SernetStream.Dsp.Transforms;

namespace SernetStream.Dsp.Tests.Transforms;

public class RealFftTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(2048)]
    public void Power_spectrum_is_that_of_the_definition(int length)
    {
        var input = Array.ConvertAll(Numbers.Noise(length, seed: length), x => (double)x);
        var power = new double[(length / 2) + 1];
        new RealFft(length).PowerSpectrum(input, power);

        for (var k = 0; k < power.Length; k++)
        {
            var (re, im) = (0.0, 0.0);
            for (var n = 0; n < length; n++)
            {
                var (sin, cos) = Math.SinCos(-2 * Math.PI * ((long)k * n % length) / length);
                re += input[n] * cos;
                im += input[n] * sin;
            }

            Assert.Equal((re * re) + (im * im), power[k], 1e-9 * length);
        }
    }

    [Fact]
    public void A_quiet_tone_beside_a_loud_one_keeps_its_level()
    {
        // 1 and 1e-7 (−140 dB), each exactly on a bin: single precision would lose the second.
        var input = new double[1024];
        for (var n = 0; n < input.Length; n++)
        {
            input[n] = Math.Cos(2 * Math.PI * 10 * n / 1024) + (1e-7 * Math.Cos(2 * Math.PI * 300 * n / 1024));
        }

        var fft = new RealFft(1024);
        var power = new double[fft.BinCount];
        fft.PowerSpectrum(input, power);
        Assert.Equal(512, Math.Sqrt(power[10]), 1e-9);
        Assert.Equal(512e-7, Math.Sqrt(power[300]), 1e-11);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(1000)]
    [InlineData(131072)]
    public void A_length_that_cannot_be_transformed_is_refused(int length)
    {
        var error = Assert.Throws<ArgumentException>(() => new RealFft(length));
        Assert.Contains($"length is {length}", error.Message, StringComparison.Ordinal);
    }
}

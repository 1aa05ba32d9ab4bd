namespace SernetStream.Dsp.Transforms;

/// <summary>Frequencies as the ear spaces them.</summary>
public static class MelScale
{
    // Slaney's Auditory Toolbox: 200/3 Hz a mel up to 1 kHz, then 27 mels for every factor of 6.4.
    private const double LinearHzPerMel = 200.0 / 3;
    private const double KneeHz = 1000;
    private const double KneeMel = KneeHz / LinearHzPerMel;

    private static readonly double LogStep = Math.Log(6.4) / 27;

    /// <summary>Hertz to mels.</summary>
    public static double FromHz(double hz, MelScaleKind kind) => kind switch
    {
        MelScaleKind.Htk => 1127 * Math.Log(1 + (hz / 700)),
        _ when hz < KneeHz => hz / LinearHzPerMel,
        _ => KneeMel + (Math.Log(hz / KneeHz) / LogStep),
    };

    /// <summary>Mels to hertz.</summary>
    public static double ToHz(double mel, MelScaleKind kind) => kind switch
    {
        MelScaleKind.Htk => 700 * (Math.Exp(mel / 1127) - 1),
        _ when mel < KneeMel => mel * LinearHzPerMel,
        _ => KneeHz * Math.Exp((mel - KneeMel) * LogStep),
    };
}

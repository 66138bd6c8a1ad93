/** The least that a JSON prediction costs on the platform: no routes, no checks, no errors in words. */
import cardJson from '../../../models/auto-mpg/card.json' with { type: 'json' };

const { intercept, weights } = cardJson.coefficients;

export default {
  async fetch(request: Request): Promise<Response> {
    const { features } = await request.json<{ readonly features: readonly number[] }>();
    const prediction = weights.reduce((sum, weight, i) => sum + weight * (features[i] ?? 0), intercept);
    return Response.json({ prediction });
  },
};
